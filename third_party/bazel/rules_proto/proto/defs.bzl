"""The part of @rules_proto that Bazel 4.2's own @bazel_tools loads."""

proto_lang_toolchain = native.proto_lang_toolchain
proto_library = native.proto_library
