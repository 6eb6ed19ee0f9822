"""Makes a repository out of the C++ libraries that Debian has installed.

The headers lie in /usr/include, a built-in include folder of the compiler, so
Bazel neither copies nor tracks them. To make a library's upgrade rebuild what
uses it, every target defines a macro with a hash of all packages' versions: it
is part of the command line, and so of the key of each compilation. (A header
that lists them would not do: Bazel forgets an input that no source includes.)
"""

def _system_libraries_impl(ctx):
    dpkg_query = ctx.which("dpkg-query")
    if not dpkg_query:
        fail("dpkg-query isn't here: this build takes its libraries from Debian")

    lines = []
    missing = []
    for package in ctx.attr.packages:
        result = ctx.execute([dpkg_query, "-W", "-f", "${db:Status-Abbrev} ${Version}", package])
        if result.return_code != 0 or not result.stdout.startswith("ii"):
            missing.append(package)
        else:
            lines.append("%s %s" % (package, result.stdout.split(" ")[-1].strip()))
    if missing:
        fail("these Debian packages are missing: apt-get install " + " ".join(missing))

    for tool in ["protoc", "grpc_cpp_plugin"]:
        path = ctx.which(tool)
        if not path:
            fail(tool + " isn't on the path")
        ctx.symlink(path, tool)
    ctx.symlink("/usr/include/google/protobuf", "include/google/protobuf")

    ctx.file("packages.txt", "\n".join(lines) + "\n")
    ctx.file("packages.bzl", "PACKAGES_HASH = \"%d\"\n" % hash("\n".join(lines)))
    ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    attrs = {
        "build_file": attr.label(allow_single_file = True, mandatory = True),
        "packages": attr.string_list(mandatory = True),
    },
    # Run again at the start of each server, so that an apt-get upgrade is seen.
    local = True,
    environ = ["PATH"],
)
