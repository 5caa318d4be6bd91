#include "tests/integration/docker/command.h"

#include <cerrno>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace da::test {

ProgramResult run_program(std::vector<std::string> arguments) {
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(input.get(), STDOUT_FILENO);
    ::dup2(input.get(), STDERR_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  input.reset();
  ProgramResult result;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(output.get(), block, sizeof block)) > 0;)
    result.output.append(block, static_cast<std::size_t>(got));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

DockerCli::~DockerCli() {
  for (const auto& name : names_)
    (void)(*this)({"rm", "-f", name});
}

ProgramResult DockerCli::operator()(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"docker", "-H", "unix://" + socket_});
  return run_program(std::move(arguments));
}

std::string DockerCli::run(const std::string& name, std::vector<std::string> arguments) {
  remove_at_end(name);
  arguments.insert(arguments.begin(), {"run", "-d", "--network", "none", "--name", name});
  const auto result = (*this)(std::move(arguments));
  if (result.status != 0) throw std::runtime_error("docker run " + name + ": " + result.output);
  return result.output.substr(0, 64);
}

}  // namespace da::test
