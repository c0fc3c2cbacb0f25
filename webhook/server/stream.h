#pragma once
// A connected socket whose operations wait, as coroutines of one event loop.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"
#include "webhook/server/transport.h"

namespace railhook {

// Belongs to the loop's thread. One operation at a time; Cut may be called during it. Operations
// return false when the connection has come to its end, and keep doing so. Much data that is there
// already is handed over with breaks in which other connections have their turn.
class Stream {
 public:
  // `tls`: null for a stream in the clear.
  Stream(boost::asio::io_context& io, FileDescriptor socket, SSL_CTX* tls);

  boost::asio::awaitable<bool> Handshake();

  // Why that failed, where it was over the client's certificate; else "".
  std::string ClientFault() const { return transport_ ? transport_->ClientFault() : ""; }

  // The address at the other end, as people write it; "" where there is none any more.
  std::string Peer();

  // Appends what is there, a few KiB at most, after waiting for it where necessary.
  boost::asio::awaitable<bool> Read(std::string& into);

  // Ends a Read that waits: where nothing has come it returns false, and the stream goes on.
  void Interrupt();

  // How long the last bytes that were read had lain here.
  std::chrono::nanoseconds Age() const { return transport_->Age(); }

  // All of `bytes`.
  boost::asio::awaitable<bool> Write(std::string_view bytes);

  // Lets other work of the loop go first.
  boost::asio::awaitable<void> Yield();

  // Closes so that the peer gets what was written: closing with unread bytes would send a reset
  // that overtakes it. Returns when the peer has closed as well, or has sent 16 MiB more.
  boost::asio::awaitable<void> HangUp();

  enum class Manner { kPolitely, kWithReset /* gives up what the peer has not read */ };

  // Ends the operation under way and all later ones.
  void Cut(Manner manner);

 private:
  template <typename Attempt>
  boost::asio::awaitable<Moved> Complete(Attempt attempt);

  boost::asio::posix::stream_descriptor socket_;
  std::unique_ptr<ByteTransport> transport_;
  std::size_t moved_without_break_ = 0;
  bool interrupted_ = false;
  bool cut_ = false;
};

}  // namespace railhook
