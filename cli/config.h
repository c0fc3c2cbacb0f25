#pragma once
// The configuration file.

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "webhook/inject/config.h"

namespace railhook {

// How the server serves.
struct ServingConfig {
  std::string log_level;  // "": as the command line says
  // How long the certificates that railhook makes are good.
  std::chrono::seconds certificate_lifetime = std::chrono::days(90);
  std::chrono::seconds ca_lifetime = std::chrono::days(365);
};

struct Config {
  InjectConfig inject;
  ServingConfig serving;
};

// The configuration in a YAML text; every key is optional. kInvalid names line, key and value, and
// for a key that nobody knows the nearest that exists.
Result<Config> ParseConfig(std::string_view text);

// The configuration in a file, or the defaults where `path` is "". The errors name file and line.
Result<Config> LoadConfig(const std::string& path);

}  // namespace railhook
