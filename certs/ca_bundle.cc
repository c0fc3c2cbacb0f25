#include "certs/ca_bundle.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "k8sclient/client.h"
#include "k8sclient/object.h"
#include "k8sclient/watch/reflector.h"
#include "k8sclient/watch/watch_event.h"
#include "tls/base64.h"

namespace railhook {
namespace {

constexpr std::chrono::milliseconds kLook(250);  // at a new leader, or a new CA; both are in memory

}  // namespace

Json CaBundlePatch(const Json& configuration, const std::string& ca_pem) {
  Json patch = Json::array();
  const auto& entries = ItemsOf(&configuration, "webhooks");
  const std::string bundle = EncodeBase64(ca_pem);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Json& entry = entries[i];
    if (TextMember(Member(&entry, "clientConfig"), "caBundle") == bundle) continue;
    const std::string path = "/webhooks/" + std::to_string(i);
    patch.push_back(
        {{"op", "test"}, {"path", path + "/name"}, {"value", TextMember(&entry, "name")}});
    patch.push_back({{"op", "add"}, {"path", path + "/clientConfig/caBundle"}, {"value", bundle}});
  }
  return patch;
}

// One configuration. Each has a thread of its own, so that none waits for another's trouble.
struct CaBundleKeeper::Kept : ObjectSink {
  Transport& transport;
  const ResourceType type;
  const std::string name;
  CertificateSource& certificates;
  const LeaderElector& leader;

  mutable std::mutex mutex;  // guards all down to `wake`
  std::optional<Json> configuration;
  bool known = false;                          // whether there is a configuration
  std::shared_ptr<const Certificate> settled;  // whose CA `configuration` is known to have
  std::string trouble;
  std::condition_variable_any wake;

  std::optional<Reflector> reflector;
  std::jthread keeper;  // last: joined before what it uses goes

  Kept(Transport& to, const ResourceType& kind, std::string called, CertificateSource& from,
       const LeaderElector& who)
      : transport(to), type(kind), name(std::move(called)), certificates(from), leader(who) {
    reflector.emplace(transport, Selection::One(type, "", name), *this);
    keeper = std::jthread([this](std::stop_token stop) { Keep(stop); });
  }

  void BeginList() override { See(std::nullopt, false); }
  void Put(const Json& object) override { See(object, true); }
  void Remove(const Json&) override { See(std::nullopt, true); }

  void EndList() override {
    const std::lock_guard lock(mutex);
    known = true;
  }

  void See(std::optional<Json> seen, bool is_known) {
    const std::lock_guard lock(mutex);
    configuration = std::move(seen);
    known = is_known;
    settled.reset();
    wake.notify_one();
  }

  void Keep(const std::stop_token& stop) {
    const KubeClient client(transport, stop);
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      wake.wait_for(lock, stop, kLook, [] { return false; });
      const Json patch = Due();
      if (patch.empty()) {
        trouble.clear();
        continue;
      }
      const std::string before = ResourceVersionOf(*configuration);
      lock.unlock();
      auto patched = client.Patch(type, "", name, PatchKind::kJson, patch);
      lock.lock();
      Note(patched, lock, stop);
      if (patched && configuration && ResourceVersionOf(*configuration) == before)
        configuration = *std::move(patched);  // what the watch has yet to tell
    }
  }

  Json Due() {
    if (!configuration || !leader.leading()) return Json::array();
    const auto certificate = certificates.Current();
    if (!certificate || (*certificate)->ca_pem.empty()) return Json::array();
    if (settled == *certificate) return Json::array();
    Json patch = CaBundlePatch(*configuration, (*certificate)->ca_pem);
    if (patch.empty()) settled = *certificate;
    return patch;
  }

  void Note(const Result<Json>& patched, std::unique_lock<std::mutex>& lock,
            const std::stop_token& stop) {
    if (patched) {
      trouble.clear();
      return Log(LogLevel::kInfo, "set the caBundle",
                 {{"resource", type.plural}, {"configuration", name}});
    }
    if (trouble != patched.error().message)
      Log(LogLevel::kWarning, "the caBundle can't be set", {{"error", patched.error().message}});
    trouble = patched.error().message;
    constexpr std::chrono::seconds kRetry(1);
    wake.wait_for(lock, stop, kRetry, [] { return false; });
  }

  bool HasPublished(const std::string& ca_pem) const {
    const std::lock_guard lock(mutex);
    return known && (!configuration || CaBundlePatch(*configuration, ca_pem).empty());
  }

  std::string Trouble() const {
    {
      const std::lock_guard lock(mutex);
      if (!trouble.empty()) return trouble;
    }
    return reflector->status().error;
  }
};

CaBundleKeeper::CaBundleKeeper(Transport& transport, const std::string& name,
                               CertificateSource& certificates, const LeaderElector& leader) {
  for (const ResourceType& type :
       {kMutatingWebhookConfigurations, kValidatingWebhookConfigurations})
    kept_.push_back(std::make_unique<Kept>(transport, type, name, certificates, leader));
}

CaBundleKeeper::~CaBundleKeeper() = default;

bool CaBundleKeeper::HasPublished(const std::string& ca_pem) const {
  return std::all_of(kept_.begin(), kept_.end(),
                     [&](const auto& one) { return one->HasPublished(ca_pem); });
}

std::string CaBundleKeeper::trouble() const {
  std::vector<std::string> troubles;
  for (const auto& one : kept_) {
    if (std::string trouble = one->Trouble(); !trouble.empty())
      troubles.push_back(std::move(trouble));
  }
  return Join(troubles, "; ");
}

}  // namespace railhook
