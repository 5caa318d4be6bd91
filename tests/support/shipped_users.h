// The users of deploy/redis/users.acl as lines of a Redis configuration, with passwords: "collects",
// "analyzes" and "operates".
//
//   auto server = PrivateRedis::start(shipped_users());
//   server->endpoint({"collector", "collects"});
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace da::test {

[[nodiscard]] inline std::vector<std::string> shipped_users() {
  std::ifstream file(DA_USERS_ACL);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    for (const auto& [placeholder, password] :
         {std::pair<std::string, std::string>{"COLLECTOR-PASSWORD", "collects"},
          {"ANALYZER-PASSWORD", "analyzes"},
          {"OPERATOR-PASSWORD", "operates"}}) {
      if (const auto at = line.find(placeholder); at != std::string::npos)
        line.replace(at, placeholder.size(), password);
    }
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.size() != 4) throw std::runtime_error("the users of deploy/redis/users.acl are not as they were");
  return lines;
}

}  // namespace da::test
