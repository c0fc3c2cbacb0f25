#pragma once
// How often a server turned away who had done nothing wrong, since its start.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace railhook {

enum class RefusalReason {
  kOverload,           // waited for too long, or too much is waited for: 429
  kMemory,             // no memory for the body just now: 429
  kDraining,           // the server is ending: 503
  kClientCertificate,  // a handshake without a certificate that the policy accepts
};

// Thread-safe.
class RefusalCounts {
 public:
  void Count(RefusalReason reason) { ++Of(reason); }
  std::uint64_t count(RefusalReason reason) const {
    return counts_[static_cast<std::size_t>(reason)];
  }

 private:
  std::atomic<std::uint64_t>& Of(RefusalReason reason) {
    return counts_[static_cast<std::size_t>(reason)];
  }

  std::array<std::atomic<std::uint64_t>, 4> counts_{};
};

}  // namespace railhook
