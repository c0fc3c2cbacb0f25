#include "webhook/server/event_loop.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "base/log.h"
#include "webhook/server/connection.h"

namespace railhook {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> ServeToTheEnd(std::unique_ptr<Connection> connection) {
  co_await connection->Serve();
}

void LogException(std::exception_ptr exception) {
  if (!exception) return;
  try {
    std::rethrow_exception(std::move(exception));
  } catch (const std::exception& reason) {
    Log(LogLevel::kError, "a connection was given up", {{"error", reason.what()}});
  } catch (...) {
    Log(LogLevel::kError, "a connection was given up", {{"error", "an exception of unknown type"}});
  }
}

}  // namespace

EventLoop::EventLoop(ServerState& state, CertificateSource* certificates, TlsPolicySource policies)
    : state_(state), roster_([this](SteadyClock::time_point time) { WakeBy(time); }) {
  if (certificates) tls_.emplace(*certificates, std::move(policies));
}

void EventLoop::Run() {
  const auto until_stopped = asio::make_work_guard(io_);
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (...) {
      LogException(std::current_exception());
    }
  }
}

void EventLoop::Stop() { io_.stop(); }

void EventLoop::Adopt(FileDescriptor socket, ConnectionTable::Ticket ticket) {
  ++coming_;
  asio::post(io_, [this, socket = std::move(socket), ticket = std::move(ticket)]() mutable {
    --coming_;
    Take(std::move(socket), std::move(ticket));
  });
}

void EventLoop::Take(FileDescriptor socket, ConnectionTable::Ticket ticket) {
  const auto tls = Tls();
  if (!tls) return Complain(tls.error().message);
  auto connection = std::make_unique<Connection>(roster_, io_, state_, std::move(socket), *tls,
                                                 std::move(ticket));
  asio::co_spawn(io_, ServeToTheEnd(std::move(connection)), LogException);
}

Result<SSL_CTX*> EventLoop::Tls() {
  if (!tls_) return nullptr;
  return tls_->Current();
}

// Not for every client, of which there may be thousands.
void EventLoop::Complain(const std::string& error) {
  if (!state_.context_complaints.LetsPass()) return;
  Log(LogLevel::kError, "refusing connections: TLS can't be served", {{"error", error}});
}

void EventLoop::Cut(ConnectionId id) {
  asio::post(io_, [this, id] { roster_.Cut(id); });
}

void EventLoop::DismissIdle() {
  asio::post(io_, [this] { roster_.DismissIdle(); });
}

void EventLoop::WakeBy(SteadyClock::time_point time) {
  timer_.expires_at(time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) roster_.CutExpired(SteadyClock::now());
  });
}

}  // namespace railhook
