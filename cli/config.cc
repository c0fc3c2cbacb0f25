#include "cli/config.h"

#include "base/environment.h"
#include "base/files.h"
#include "base/yaml.h"

namespace railhook {
namespace {

constexpr std::chrono::minutes kShortestLifetime(1);

Result<> ReadLifetime(const Setting& setting, std::chrono::seconds& lifetime) {
  TRY(setting.Read(lifetime));
  return setting.Expect(lifetime >= kShortestLifetime, "a period from 1m");
}

Setting::Keys KeysOf(ServingConfig& config) {
  return {
      {"logLevel",
       [&](const Setting& s) {
         return s.Read<std::string>(
             config.log_level,
             {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}});
       }},
      {"certificateLifetime",
       [&](const Setting& s) { return ReadLifetime(s, config.certificate_lifetime); }},
      {"caLifetime", [&](const Setting& s) { return ReadLifetime(s, config.ca_lifetime); }},
      {"tlsMinVersion",
       [&](const Setting& s) {
         return s.Read<TlsVersion>(config.tls.min,
                                   {{"1.2", TlsVersion::kTls12}, {"1.3", TlsVersion::kTls13}});
       }},
      {"clientCAFile", [&](const Setting& s) { return s.Read(config.client_ca_file); }},
      {"clientNames", [&](const Setting& s) { return s.Read(config.tls.client_names); }},
  };
}

Result<> Check(const ServingConfig& config) {
  if (!config.tls.client_names.empty() && config.client_ca_file.empty()) {
    return Fail(ErrorCode::kInvalid,
                "clientNames without clientCAFile: write the file with the clients' CA, too");
  }
  if (config.certificate_lifetime <= config.ca_lifetime) return {};
  return Fail(ErrorCode::kInvalid,
              "certificateLifetime is longer than caLifetime: write a period that is at most " +
                  std::to_string(config.ca_lifetime.count()) + "s, or a longer caLifetime");
}

}  // namespace

Result<Config> ParseConfig(std::string_view text) {
  Config config;
  const auto documents = TRY(ParseYaml(text));
  if (documents.empty()) return config;
  if (documents.size() > 1) {
    return Fail(ErrorCode::kInvalid,
                "line " + std::to_string(documents[1].LineOf("")) +
                    ": the configuration is one YAML document, and here begins a second one");
  }
  auto keys = KeysOf(config.inject);
  keys.merge(KeysOf(config.serving));
  keys.merge(KeysOf(config.controllers));
  keys.merge(KeysOf(config.ipam));
  TRY(Setting(documents[0]).ReadMap(keys));
  TRY(Check(config.serving));
  return config;
}

Result<Config> LoadConfig(const std::string& path) {
  Config config;
  if (!path.empty()) {
    const std::string text = TRY(ReadFile(path));
    auto parsed = ParseConfig(text);
    if (!parsed) return Fail(path, parsed.error());
    config = std::move(*parsed);
  }
  config.inject.own_namespace = Environment("POD_NAMESPACE");
  return config;
}

Result<Config> ConfigFile::Load() {
  Config config = TRY(LoadConfig(path_));
  const std::string& file = config.serving.client_ca_file;
  {
    const std::lock_guard lock(mutex_);
    client_ca_file_ = file;
  }
  if (file.empty()) return config;
  config.serving.tls.client_ca_pem = TRY(ReadFile(file));
  const auto good = Check(config.serving.tls);
  if (!good) return Fail("clientCAFile " + file, good.error());
  return config;
}

std::vector<std::filesystem::path> ConfigFile::Files() const {
  std::vector<std::filesystem::path> files;
  if (!path_.empty()) files.emplace_back(path_);
  const std::lock_guard lock(mutex_);
  if (!client_ca_file_.empty()) files.emplace_back(client_ca_file_);
  return files;
}

}  // namespace railhook
