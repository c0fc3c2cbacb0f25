#pragma once
// The configuration file.

#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/controllers.h"
#include "multus/ipam.h"
#include "webhook/inject/config.h"
#include "webhook/server/tls_policy.h"

namespace railhook {

// How the server serves.
struct ServingConfig {
  std::string log_level;  // "": as the command line says
  // How long the certificates that railhook makes are good.
  std::chrono::seconds certificate_lifetime = std::chrono::days(90);
  std::chrono::seconds ca_lifetime = std::chrono::days(365);
  TlsPolicy tls;               // without what is in:
  std::string client_ca_file;  // "": clients need no certificate
};

struct Config {
  InjectConfig inject;
  ServingConfig serving;
  Controllers controllers;
  Ipam ipam;
};

// The configuration in a YAML text; every key is optional. kInvalid names line, key and value, and
// for a key that nobody knows the nearest that exists.
Result<Config> ParseConfig(std::string_view text);

// The configuration in a file, or the defaults where `path` is "". The errors name file and line.
Result<Config> LoadConfig(const std::string& path);

// The file, and what it names, for who reads them again when they change. Thread-safe.
class ConfigFile {
 public:
  explicit ConfigFile(std::string path) : path_(std::move(path)) {}

  // The configuration, client_ca_file read into its TLS policy.
  Result<Config> Load();

  // What Load reads, as far as the last one knew.
  std::vector<std::filesystem::path> Files() const;

 private:
  const std::string path_;
  mutable std::mutex mutex_;
  std::string client_ca_file_;  // guarded by mutex_
};

}  // namespace railhook
