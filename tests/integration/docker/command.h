// Runs a program to its end, without a shell; and ids of docker containers that a test must not leave behind.
//
//   auto result = run_program({"docker", "ps"});
//   REQUIRE(result.status == 0);
#pragma once

#include <string>
#include <vector>

namespace da::test {

struct ProgramResult {
  int status = -1;     ///< of its exit; -1 if it could not be run or was killed
  std::string output;  ///< stdout and stderr
};

[[nodiscard]] ProgramResult run_program(std::vector<std::string> arguments);

/// The docker command line on one daemon; containers run through it are removed at the end of the scope.
class DockerCli {
 public:
  explicit DockerCli(std::string socket) : socket_(std::move(socket)) {}
  ~DockerCli();
  DockerCli(const DockerCli&) = delete;
  DockerCli& operator=(const DockerCli&) = delete;

  ProgramResult operator()(std::vector<std::string> arguments) const;
  /// `docker run -d --network none --name NAME ...`; throws if it fails. Returns the id.
  std::string run(const std::string& name, std::vector<std::string> arguments);
  /// For names given by other means.
  void remove_at_end(const std::string& name) { names_.push_back(name); }

 private:
  std::string socket_;
  std::vector<std::string> names_;
};

}  // namespace da::test
