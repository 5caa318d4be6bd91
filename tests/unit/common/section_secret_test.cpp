#include <cstdlib>

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/config/section.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/temporary_directory.h"

using namespace da;

namespace {

constexpr const char* kVariable = "DA_TEST_PASSWORD";

/// The secret "password" of a configuration, or the error's text.
std::string secret_of(const std::string& text) {
  try {
    auto root = Section::parse(text, "c.yaml");
    const auto secret = root.secret("password", kVariable);
    root.done();
    return secret.value_or("none");
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

SCENARIO("a secret comes from the key, from a file, or from the environment") {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("password", "from file\n");
  ::unsetenv(kVariable);
  CHECK(secret_of("") == "none");
  CHECK(secret_of("password: inline\n") == "inline");
  CHECK(secret_of("password_file: " + file + "\n") == "from file");

  ::setenv(kVariable, "from environment", 1);
  CHECK(secret_of("") == "from environment");
  CHECK(secret_of("password: inline\n") == "inline");
  CHECK(secret_of("password_file: " + file + "\n") == "from file");
  ::setenv(kVariable, "", 1);
  CHECK(secret_of("") == "none");
  ::unsetenv(kVariable);
}

SCENARIO("a secret in two places is an error, and no error shows it") {
  CHECK(secret_of("password: hunter2\npassword_file: x\n") ==
        "c.yaml:1: password: give this or password_file, not both");
  CHECK(secret_of("password: [hunter2]\n") == "c.yaml:1: password: expected a text");
  CHECK(secret_of("password:\n") == "c.yaml:1: password: expected a text");
}

SCENARIO("one trailing newline of a secret file is dropped, no more") {
  const test::TemporaryDirectory directory;
  CHECK(secret_of("password_file: " + directory.write("a", "no newline")) == "no newline");
  CHECK(secret_of("password_file: " + directory.write("b", " kept \n\n")) == " kept \n");
}

SCENARIO("a secret file that is no such thing is refused") {
  const test::TemporaryDirectory directory;
  const auto refused = [](const std::string& path, const std::string& why) {
    CHECK(secret_of("password_file: " + path + "\n") == "c.yaml:1: password_file: " + why);
  };
  const std::string missing = directory.path("missing");
  refused(missing, "open " + missing + ": No such file or directory");
  refused(directory.path(), directory.path() + " is not a regular file");
  const std::string empty = directory.write("empty", "\n");
  refused(empty, empty + " is empty");
  const std::string binary = directory.write("binary", std::string("a\0b", 3));
  refused(binary, binary + " holds a NUL character");
  const std::string large = directory.write("large", std::string(70'000, 'x'));
  refused(large, large + " is larger than 65536 bytes");
  const std::string fifo = directory.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  refused(fifo, fifo + " is not a regular file");
}

SCENARIO("a secret file that everyone may read is used, with a warning") {
  const test::TemporaryDirectory directory;
  const std::string open_file = directory.write("open", "secret\n", std::filesystem::perms{0644});
  const std::string closed_file = directory.write("closed", "secret\n", std::filesystem::perms{0640});
  std::string after_closed;
  std::string after_open;
  std::string secret;
  {
    const test::CapturedStderr captured;
    (void)secret_of("password_file: " + closed_file);
    after_closed = captured.text();
    secret = secret_of("password_file: " + open_file);
    after_open = captured.text();
  }
  CHECK(after_closed.empty());
  CHECK(secret == "secret");
  CHECK(after_open.find("level=warning msg=\"secret file is readable by every user\" file=" + open_file +
                        " mode=0644") != std::string::npos);
}
