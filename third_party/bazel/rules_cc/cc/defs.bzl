"""The part of @rules_cc that Bazel 4.2's own @bazel_tools loads.

Bazel 4.2 downloads rules_cc unless a workspace defines it, and Debian's
bazel-rules-cc (0.0.4) is too new for it (use_cpp_toolchain is missing), so
this hands the rules that are built into Bazel through under the same names.
"""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
objc_import = native.objc_import
objc_library = native.objc_library
