#pragma once
// Clients that others may suffer from. They are there for as long as the object lives.

#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "tests/webhook/server/raw_client.h"

namespace railhook {

// In equal parts: silent, dribbling their handshake, their header, their body. Who is cut off comes
// again.
class SlowClients {
 public:
  SlowClients(std::uint16_t port, int count);

 private:
  struct Client {
    RawClient raw;
    std::string to_send;  // a byte at a time
    bool tls;
  };
  enum class Kind { kSilent, kHandshake, kHeader, kBody };

  Client Open(Kind kind) const;
  void Dribble(const std::stop_token& stop);

  const std::uint16_t port_;
  std::list<std::pair<Kind, Client>> clients_;
  std::jthread dribble_;
};

// Sends a request again as soon as it is answered.
class GreedyClient {
 public:
  GreedyClient(std::uint16_t port, std::string request);

 private:
  std::jthread ask_;
};

}  // namespace railhook
