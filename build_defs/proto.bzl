"""cc_grpc_library: C++ code for .proto files, with or without gRPC services."""

ProtoSourcesInfo = provider(
    doc = "The .proto files of a library and of all it imports.",
    fields = {"transitive": "depset of Files"},
)

def _cc_proto_sources_impl(ctx):
    transitive = depset(
        ctx.files.srcs,
        transitive = [dep[ProtoSourcesInfo].transitive for dep in ctx.attr.deps],
    )

    headers = []
    sources = []
    for src in ctx.files.srcs:
        stem = src.basename[:-len(".proto")]
        for infix in [".pb", ".grpc.pb"] if ctx.attr.grpc else [".pb"]:
            headers.append(ctx.actions.declare_file(stem + infix + ".h"))
            sources.append(ctx.actions.declare_file(stem + infix + ".cc"))

    args = ctx.actions.args()
    args.add("-I.")
    args.add("-Iexternal/system/include")
    args.add("--cpp_out=" + ctx.bin_dir.path)
    tools = [ctx.executable._protoc]
    if ctx.attr.grpc:
        args.add("--plugin=protoc-gen-grpc=" + ctx.executable._grpc_cpp_plugin.path)
        options = "generate_mock_code=true:" if ctx.attr.mocks else ""
        args.add("--grpc_out=" + options + ctx.bin_dir.path)
        tools.append(ctx.executable._grpc_cpp_plugin)
        if ctx.attr.mocks:
            for src in ctx.files.srcs:
                headers.append(ctx.actions.declare_file(
                    src.basename[:-len(".proto")] + "_mock.grpc.pb.h",
                ))
    args.add_all(ctx.files.srcs)

    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [args],
        inputs = depset(transitive = [transitive, depset(ctx.files._well_known_protos)]),
        tools = tools,
        outputs = headers + sources,
        mnemonic = "ProtocCpp",
        progress_message = "Generating C++ from %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(headers + sources)),
        ProtoSourcesInfo(transitive = transitive),
        OutputGroupInfo(headers = depset(headers), sources = depset(sources)),
    ]

_cc_proto_sources = rule(
    implementation = _cc_proto_sources_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"], mandatory = True),
        "deps": attr.label_list(providers = [ProtoSourcesInfo]),
        "grpc": attr.bool(default = False),
        "mocks": attr.bool(default = False),
        "_protoc": attr.label(
            default = "@system//:protoc",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
        "_grpc_cpp_plugin": attr.label(
            default = "@system//:grpc_cpp_plugin",
            allow_single_file = True,
            executable = True,
            cfg = "exec",
        ),
        "_well_known_protos": attr.label(default = "@system//:well_known_protos"),
    },
)

def cc_grpc_library(name, srcs, deps = [], grpc = True, mocks = False, **kwargs):
    """A cc_library of the code that protoc makes of srcs.

    Args:
      name: the cc_library's name.
      srcs: .proto files of this package.
      deps: cc_grpc_library targets whose files srcs import.
      grpc: whether srcs define services.
      mocks: whether to make _mock.grpc.pb.h too.
      **kwargs: visibility and so on.
    """
    visibility = kwargs.get("visibility")
    sources = name + "_sources"
    _cc_proto_sources(
        name = sources,
        srcs = srcs,
        grpc = grpc,
        mocks = mocks,
        visibility = visibility,
        # A dep's label names its cc_library; the rule beside it has the sources.
        deps = [_sources_label(dep) for dep in deps],
    )
    for group in ["headers", "sources"]:
        native.filegroup(
            name = name + "_" + group + "_files",
            srcs = [":" + sources],
            output_group = group,
            visibility = ["//visibility:private"],
        )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_sources_files"],
        hdrs = [":" + name + "_headers_files"],
        # Generated code isn't ours to warn about.
        copts = ["-w"],
        deps = deps + ["@system//:grpc++" if grpc else "@system//:protobuf"],
        **kwargs
    )

def _sources_label(dep):
    if ":" in dep:
        return dep + "_sources"
    return dep + ":" + dep.split("/")[-1] + "_sources"
