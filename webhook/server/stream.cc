#include "webhook/server/stream.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <span>

namespace railhook {
namespace {

namespace asio = boost::asio;

using asio::posix::descriptor_base;

constexpr std::size_t kBreakAfter = 64 << 10;
constexpr std::size_t kMostDiscarded = 16 << 20;

// One for all connections of a thread: nothing is held by those that wait.
std::span<char> Scratch() {
  static thread_local std::array<char, 16 << 10> scratch;
  return scratch;
}

std::unique_ptr<ByteTransport> MakeTransport(int socket, SSL_CTX* tls) {
  return tls ? MakeTlsTransport(socket, *tls) : MakePlainTransport(socket);
}

}  // namespace

Stream::Stream(asio::io_context& io, FileDescriptor socket, SSL_CTX* tls) : socket_(io) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (!error) transport_ = MakeTransport(socket.Release(), tls);
  cut_ = !transport_;
}

template <typename Attempt>
asio::awaitable<Moved> Stream::Complete(Attempt attempt) {
  interrupted_ = false;
  while (!cut_) {
    const Moved moved = attempt();
    if (moved.progress == Progress::kEnd) break;
    if (moved.progress == Progress::kDone) {
      moved_without_break_ += moved.bytes;
      if (moved_without_break_ >= kBreakAfter) co_await Yield();
      co_return moved;
    }
    if (interrupted_) co_return moved;
    moved_without_break_ = 0;
    const auto wait = moved.progress == Progress::kWantRead ? descriptor_base::wait_read
                                                            : descriptor_base::wait_write;
    boost::system::error_code error;
    co_await socket_.async_wait(wait, asio::redirect_error(asio::use_awaitable, error));
    if (error && !interrupted_) break;
  }
  cut_ = true;
  co_return Moved{Progress::kEnd};
}

asio::awaitable<bool> Stream::Handshake() {
  const Moved moved = co_await Complete([this] { return transport_->Handshake(); });
  // A client that waits for the acknowledgement before it sends its request (Nagle's algorithm)
  // would wait 40 ms otherwise.
  const int at_once = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
  co_return moved.progress == Progress::kDone;
}

std::string Stream::Peer() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  char text[NI_MAXHOST];
  const auto* address = reinterpret_cast<sockaddr*>(&peer);
  const bool known =
      ::getpeername(socket_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
      ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0;
  return known ? text : "";
}

asio::awaitable<bool> Stream::Read(std::string& into) {
  const Moved moved = co_await Complete([this, &into] {
    const Moved read = transport_->Read(Scratch());
    into.append(Scratch().data(), read.bytes);
    return read;
  });
  co_return moved.progress == Progress::kDone;
}

void Stream::Interrupt() {
  interrupted_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

asio::awaitable<bool> Stream::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Moved moved = co_await Complete([this, bytes] { return transport_->Write(bytes); });
    if (moved.progress != Progress::kDone) co_return false;
    bytes.remove_prefix(moved.bytes);
  }
  co_return true;
}

asio::awaitable<void> Stream::Yield() {
  moved_without_break_ = 0;
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

asio::awaitable<void> Stream::HangUp() {
  if (cut_) co_return;
  transport_->SayGoodbye();
  ::shutdown(socket_.native_handle(), SHUT_WR);
  transport_ =
      MakePlainTransport(socket_.native_handle());  // what comes now is not worth decrypting
  for (std::size_t discarded = 0; discarded < kMostDiscarded;) {
    const Moved moved = co_await Complete([this] { return transport_->Read(Scratch()); });
    if (moved.progress != Progress::kDone) break;
    discarded += moved.bytes;
  }
}

void Stream::Cut(Manner manner) {
  if (cut_) return;
  cut_ = true;
  if (manner == Manner::kPolitely) {
    transport_->SayGoodbye();
  } else {
    const ::linger reset{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace railhook
