"""catch2_test: a cc_test whose main is Catch2's, compiled once."""

def catch2_test(name, srcs, deps = [], size = "small", **kwargs):
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        deps = deps + ["//libs/testing:catch2_main"],
        **kwargs
    )
