"""python_test: a unittest file of Python's standard library as a Bazel test.

Each test method is counted: the runner writes Bazel's test.xml. Modules are
imported by their path from the root: `from tests.harness import processes`.
"""

def python_test(name, src, data = [], deps = [], size = "small", **kwargs):
    native.sh_test(
        name = name,
        size = size,
        srcs = ["//tests/harness:run_unittest.py"],
        args = ["$(location %s)" % src],
        data = [src] + data + deps,
        **kwargs
    )
