#include "bench/crowds.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace railhook {
namespace {

constexpr auto kPause = std::chrono::milliseconds(1);  // between the bytes of one and the next
constexpr std::string_view kHeader =
    "POST /mutate-pods HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";

bool SendByte(RawClient& client, char byte, bool tls) {
  const std::string_view bytes(&byte, 1);
  return tls ? client.Send(bytes) : client.SendRaw(bytes);
}

}  // namespace

SlowClients::SlowClients(std::uint16_t port, int count) : port_(port) {
  for (int i = 0; i < count; ++i) {
    const auto kind = static_cast<Kind>(i % 4);
    clients_.emplace_back(kind, Open(kind));
  }
  dribble_ = std::jthread([this](const std::stop_token& stop) { Dribble(stop); });
}

SlowClients::Client SlowClients::Open(Kind kind) const {
  const bool tls = kind == Kind::kHeader || kind == Kind::kBody;
  Client client{RawClient(port_, tls ? RawClient::Over::kTls : RawClient::Over::kPlain), "", tls};
  if (kind == Kind::kHandshake) client.to_send = client.raw.ClientHello();
  if (kind == Kind::kHeader) client.to_send = kHeader;
  if (kind == Kind::kBody) {
    client.raw.Send(std::string(kHeader) + "Content-Length: 1000\r\n\r\n");
    client.to_send = std::string(999, ' ');
  }
  return client;
}

void SlowClients::Dribble(const std::stop_token& stop) {
  for (auto next = clients_.begin(); !stop.stop_requested(); ++next) {
    if (next == clients_.end()) next = clients_.begin();
    std::this_thread::sleep_for(kPause);
    auto& [kind, client] = *next;
    if (client.to_send.empty()) continue;
    const bool sent = SendByte(client.raw, client.to_send.front(), client.tls);
    client.to_send.erase(0, 1);
    if (!sent) client = Open(kind);
  }
}

GreedyClient::GreedyClient(std::uint16_t port, std::string request)
    : ask_([port, request = std::move(request)](const std::stop_token& stop) {
        RawClient client(port, RawClient::Over::kTls);
        while (!stop.stop_requested() && client.Ask(request).status == 200) {
        }
      }) {}

}  // namespace railhook
