"""fuzz_test: a libFuzzer target.

Under --config=fuzz it's a fuzzer, which runs for as long as its flags say
(tools/check.sh sets -max_total_time). In every other build the same source is
linked to a main that feeds it each file of its corpus, as a plain cc_test.
`bazel query 'attr(tags, fuzz, //...)'` lists all of them.
"""

def fuzz_test(name, srcs, deps = [], corpus = [], tags = [], **kwargs):
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = select({
            "//build_defs:fuzzing": ["-runs=20000"],
            "//conditions:default": [],
        }) + ["$(locations %s)" % file for file in corpus],
        data = corpus,
        linkopts = select({
            "//build_defs:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = tags + ["fuzz"],
        deps = deps + select({
            "//build_defs:fuzzing": [],
            "//conditions:default": ["//libs/testing:fuzz_replay_main"],
        }),
        **kwargs
    )
