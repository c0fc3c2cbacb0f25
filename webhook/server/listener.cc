#include "webhook/server/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "base/log.h"
#include "webhook/server/stamped_socket.h"

namespace railhook {
namespace {

namespace asio = boost::asio;

constexpr int kBacklog = 1024;
constexpr int kAcceptedInARow = 64;  // then the loop's other connections have their turn
constexpr int kEvictedForDescriptors = 4;
constexpr auto kPauseAfterError = std::chrono::milliseconds(20);

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<SocketAddress> ParseAddress(const std::string& text, std::uint16_t port) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    return Fail(ErrorCode::kInvalid, "\"" + text + "\" is not an IPv4 or IPv6 address");
  }
  return address;
}

void SetOption(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

bool OutOfDescriptors(int error) { return error == EMFILE || error == ENFILE; }

class Acceptor {
 public:
  Acceptor(FileDescriptor listening, ConnectionTable& connections, std::vector<EventLoop*> loops)
      : loops_(std::move(loops)),
        connections_(connections),
        listening_(loops_.front()->io(), listening.get()),
        pause_(loops_.front()->io()) {
    listening.Release();
  }

  asio::awaitable<void> Run() {
    while (listening_.is_open()) {
      boost::system::error_code error;
      co_await listening_.async_wait(asio::posix::descriptor_base::wait_read,
                                     asio::redirect_error(asio::use_awaitable, error));
      const bool good = !error && AcceptSome();
      if (good || !listening_.is_open()) continue;
      pause_.expires_after(kPauseAfterError);
      co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  void Close() {
    AcceptSome();
    boost::system::error_code ignored;
    listening_.close(ignored);
  }

 private:
  // False: something is short, wait a little.
  bool AcceptSome() {
    for (int i = 0; i < kAcceptedInARow; ++i) {
      SocketAddress peer;
      peer.size = sizeof peer.storage;
      FileDescriptor client(::accept4(listening_.native_handle(), peer.get(), &peer.size,
                                      SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!client) return CanGoOn(errno);
      if (!HandOver(std::move(client), AddressOf(peer.storage))) return false;
    }
    return true;
  }

  bool CanGoOn(int error) {
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED)
      return true;
    if (OutOfDescriptors(error)) {
      for (int i = 0; i < kEvictedForDescriptors; ++i) Cut(connections_.MakeRoom());
    }
    return false;
  }

  bool HandOver(FileDescriptor client, const PeerAddress& peer) try {
    SetOption(client.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    const auto loop = LeastLoaded();
    auto admission = connections_.Admit(peer, loop);
    Cut(admission.leaver);
    if (admission.ticket) loops_[loop]->Adopt(std::move(client), std::move(*admission.ticket));
    return true;
  } catch (const std::exception& exception) {
    Log(LogLevel::kError, "a client was lost", {{"error", exception.what()}});
    return false;
  }

  void Cut(const std::optional<ConnectionTable::Leaver>& leaver) {
    if (leaver) loops_[leaver->loop]->Cut(leaver->id);
  }

  std::size_t LeastLoaded() const {
    const auto least =
        std::min_element(loops_.begin(), loops_.end(),
                         [](const auto* a, const auto* b) { return a->load() < b->load(); });
    return static_cast<std::size_t>(least - loops_.begin());
  }

  const std::vector<EventLoop*> loops_;
  ConnectionTable& connections_;
  asio::posix::stream_descriptor listening_;
  asio::steady_timer pause_;
};

asio::awaitable<void> RunAcceptor(std::shared_ptr<Acceptor> acceptor) {
  for (;;) {
    try {
      co_await acceptor->Run();
      co_return;
    } catch (const std::exception& exception) {
      Log(LogLevel::kError, "accepting goes on after an error", {{"error", exception.what()}});
    }
  }
}

}  // namespace

Result<FileDescriptor> Listen(const std::string& address, std::uint16_t port) {
  auto parsed = TRY(ParseAddress(address, port));
  FileDescriptor listening(
      ::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  SetOption(listening.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  StampArrivals(listening.get());
  if (parsed.storage.ss_family == AF_INET6)
    SetOption(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (!listening || ::bind(listening.get(), parsed.get(), parsed.size) != 0 ||
      ::listen(listening.get(), kBacklog) != 0) {
    return Fail(ErrorCode::kUnavailable, "can't listen on " + address + " port " +
                                             std::to_string(port) + ": " + std::strerror(errno));
  }
  return listening;
}

std::uint16_t PortOf(const FileDescriptor& listening) {
  SocketAddress address;
  address.size = sizeof address.storage;
  ::getsockname(listening.get(), address.get(), &address.size);
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
  return ntohs(v4->sin_port);  // stands at the same place in sockaddr_in6
}

std::function<void()> AcceptOn(FileDescriptor listening, ConnectionTable& connections,
                               std::vector<EventLoop*> loops) {
  auto& io = loops.front()->io();
  auto acceptor = std::make_shared<Acceptor>(std::move(listening), connections, std::move(loops));
  asio::co_spawn(io, RunAcceptor(acceptor), asio::detached);
  return [&io, acceptor] { asio::post(io, [acceptor] { acceptor->Close(); }); };
}

}  // namespace railhook
