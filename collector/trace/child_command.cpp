#include "collector/trace/child_command.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace da {
namespace {

constexpr int kCannotExec = 127;

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) return name;
    return fail(name + ": no such program");
  }
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  std::istringstream directories(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (is_program(candidate)) return candidate;
  }
  return fail(name + ": not found in PATH");
}

}  // namespace

Result<ChildCommand> ChildCommand::start(const std::vector<std::string>& command) {
  auto program = find_program(command.front());
  if (!program) return tl::unexpected(program.error());
  std::array<int, 2> gate{};
  if (::pipe2(gate.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  UniqueFd wait_end(gate[0]);
  UniqueFd go_end(gate[1]);

  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) return fail_errno("start " + command.front());
  if (child == 0) {
    go_end.reset();
    char nothing = 0;
    while (::read(wait_end.get(), &nothing, 1) < 0 && errno == EINTR) {
    }
    ::signal(SIGPIPE, SIG_DFL);  // ignored by us, not by the command
    ::execv(program->c_str(), argv.data());
    ::_exit(kCannotExec);
  }
  return ChildCommand(Pid{child}, std::move(go_end));
}

}  // namespace da
