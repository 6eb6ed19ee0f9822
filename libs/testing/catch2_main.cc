// Catch2's main, compiled once for all tests, and what Bazel expects of one:
// each test case's result in $XML_OUTPUT_FILE, --test_filter and sharding.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += (static_cast<unsigned char>(c) < 0x20 && c != '\n') ? ' ' : c;
    }
  }
  return out;
}

class XmlWriter : public Catch::TestEventListenerBase {
 public:
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    TestEventListenerBase::testCaseEnded(stats);
    const bool failed = stats.totals.testCases.failed != 0;
    failures_ += failed ? 1 : 0;
    ++cases_;
    body_ << "    <testcase name=\"" << Escaped(stats.testInfo.name) << "\"";
    if (failed) {
      body_ << "><failure message=\"" << stats.totals.assertions.failed
            << " assertions failed\"/></testcase>\n";
    } else {
      body_ << "/>\n";
    }
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    TestEventListenerBase::testRunEnded(stats);
    const char* path = std::getenv("XML_OUTPUT_FILE");
    if (path == nullptr) return;
    const char* target = std::getenv("TEST_TARGET");
    std::ofstream(path) << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                        << "  <testsuite name=\"" << Escaped(target == nullptr ? "" : target)
                        << "\" tests=\"" << cases_ << "\" failures=\"" << failures_
                        << "\" errors=\"0\">\n"
                        << body_.str() << "  </testsuite>\n</testsuites>\n";
  }

 private:
  std::ostringstream body_;
  int cases_ = 0;
  int failures_ = 0;
};

CATCH_REGISTER_LISTENER(XmlWriter)

}  // namespace

int main(int argc, char** argv) {
  Catch::Session session;
  std::vector<const char*> words(argv, argv + argc);
  if (const char* filter = std::getenv("TESTBRIDGE_TEST_ONLY")) words.push_back(filter);
  if (const int rc = session.applyCommandLine(static_cast<int>(words.size()), words.data())) {
    return rc;
  }
  const int failed = session.run();
  return failed > 255 ? 255 : failed;
}
