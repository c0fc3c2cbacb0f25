#pragma once
// One thread's worth of connections.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "certs/certificate_source.h"
#include "webhook/server/roster.h"
#include "webhook/server/server_state.h"
#include "webhook/server/tls_context.h"

namespace railhook {

class EventLoop {
 public:
  // `certificates`: null to talk in the clear.
  EventLoop(ServerState& state, CertificateSource* certificates, TlsPolicySource policies);

  // Works until Stop. Call on one thread.
  void Run();

  // The rest is for any thread.
  void Stop();

  // Serves the client at the other end of `socket`.
  void Adopt(FileDescriptor socket, ConnectionTable::Ticket ticket);

  // Cuts a connection that was adopted before, if it is still there.
  void Cut(ConnectionId id);

  // Sends idle connections elsewhere.
  void DismissIdle();

  std::size_t load() const { return coming_ + roster_.size(); }

  boost::asio::io_context& io() { return io_; }

 private:
  void Take(FileDescriptor socket, ConnectionTable::Ticket ticket);
  void WakeBy(SteadyClock::time_point time);
  Result<SSL_CTX*> Tls();
  void Complain(const std::string& error);

  ServerState& state_;
  std::optional<TlsContextCache> tls_;
  Roster roster_;
  std::atomic<std::size_t> coming_ = 0;  // on their way to this loop's thread
  // After all that suspended coroutines use: they are destroyed with it.
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_};
};

}  // namespace railhook
