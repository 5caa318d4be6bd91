#include "analyzer/notify/mask_secrets.h"

#include <catch2/catch.hpp>

using da::mask_secrets;
using namespace std::string_literals;

SCENARIO("what looks like a secret is hidden") {
  const auto [text, masked] = GENERATE(table<std::string, std::string>({
      {"app --password=hunter2 -v", "app --password=*** -v"},
      {"app --password hunter2 -v", "app --password *** -v"},
      {"DB_PASSWORD=x1 PATH=/bin", "DB_PASSWORD=*** PATH=/bin"},
      {"curl -H \"Authorization: Bearer abc.def\" https://x/",
       "curl -H \"Authorization: Bearer ***\" https://x/"},
      {"curl -H 'X-Api-Key: 12345' https://x/", "curl -H 'X-Api-Key: ***' https://x/"},
      {"curl -u admin:pw https://x/", "curl -u admin:*** https://x/"},
      {"curl -uadmin:pw https://x/", "curl -uadmin:*** https://x/"},
      {"mysql -u root -ps3cret shop", "mysql -u root -p*** shop"},
      {"/usr/bin/mysqldump -ps3cret shop", "/usr/bin/mysqldump -p*** shop"},
      {"sh -c 'mysql -ps3cret shop'", "sh -c 'mysql -p*** shop'"},
      {"sshpass -p s3cret ssh host", "sshpass -p *** ssh host"},
      {"redis-cli -a s3cret info", "redis-cli -a *** info"},
      {"git clone https://bob:s3cret@example.org/x.git", "git clone https://bob:***@example.org/x.git"},
      {"x AKIAIOSFODNN7EXAMPLE y", "x AKIA*** y"},
      {"x=ghp_0123456789abcdefABCDEF", "x=ghp_***"},
      {"https://h/?token=abc&page=2", "https://h/?token=***&page=2"},
      {"{\"password\": \"hunter2\", \"user\": \"bob\"}", "{\"password\": \"***\", \"user\": \"bob\"}"},
      {"-----BEGIN RSA PRIVATE KEY----- MIIE -----END RSA PRIVATE KEY-----",
       "***-----END RSA PRIVATE KEY-----"},
      {"--password=\"two words\" -v", "--password=\"***\" -v"},
  }));
  CAPTURE(text);
  REQUIRE(mask_secrets(text) == masked);
}

SCENARIO("an argv element is hidden to its end, not to its first space") {
  REQUIRE(mask_secrets("app\0--password=two words\0-v\0"s) == "app\0--password=***\0-v\0"s);
  REQUIRE(mask_secrets("app\0--password\0two words\0-v\0"s) == "app\0--password\0***\0-v\0"s);
  REQUIRE(mask_secrets("execve(filename=\"/bin/app\", argv=[\"app\", \"--token\", \"t0 k3n\"])") ==
          "execve(filename=\"/bin/app\", argv=[\"app\", \"--token\", \"***\"])");
}

SCENARIO("what is no secret stays readable") {
  const std::string text =
      GENERATE(as<std::string>{}, "cat /etc/passwd", "docker login --password-stdin",
               "app --password-file=/run/secrets/db", "ls /run/secrets/token", "mkdir -p /tmp/x",
               "ssh -p 22 host", "nc 203.0.113.9 4444", "echo token bearer", "https://host:8080/x@y",
               "openat(dfd=AT_FDCWD, filename=\"/etc/shadow\", flags=O_RDONLY) = 3", "");
  REQUIRE(mask_secrets(text) == text);
}

SCENARIO("masking ends, whatever the input") {
  for (int first = 0; first < 256; ++first) {
    std::string text = "password";
    text += static_cast<char>(first);
    text += "=\"'\\:--token";
    const std::string masked = mask_secrets(text + text);
    REQUIRE(masked.size() <= 2 * text.size() + 64);
  }
}
