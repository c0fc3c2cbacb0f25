#include "vfmanager/netlink_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/errno_text.h"
#include "base/file_descriptor.h"

namespace railhook {
namespace {

constexpr int kMostTries = 10;

tl::unexpected<Error> Failed(std::string_view asking, int number, std::string_view words = "") {
  std::string text = std::string(asking) + ": " + ErrnoText(number);
  if (!words.empty()) text += ", " + std::string(words);
  return Fail(ErrnoCode(number), std::move(text));
}

// The next datagram, whole; errno says why there is none.
std::optional<std::string> Receive(int socket) {
  const ssize_t size = TEMP_FAILURE_RETRY(::recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC));
  if (size < 0) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  const ssize_t received = TEMP_FAILURE_RETRY(::recv(socket, bytes.data(), bytes.size(), 0));
  if (received < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(received));
  return bytes;
}

enum class Progress { kMore, kDone, kChanged };

// How far a datagram brings the answer; a refusal is an error.
Result<Progress> Judge(std::string_view datagram, std::string_view asking) {
  bool parts = false;
  for (const NetlinkAnswer& answer : SplitAnswers(datagram)) {
    if ((answer.flags & NLM_F_DUMP_INTR) != 0) return Progress::kChanged;
    if (answer.type == NLMSG_DONE || answer.type == NLMSG_ERROR) {
      const NetlinkVerdict verdict = ReadVerdict(answer);
      if (verdict.number != 0) return Failed(asking, verdict.number, verdict.words);
      return Progress::kDone;
    }
    parts = (answer.flags & NLM_F_MULTI) != 0;
  }
  return parts ? Progress::kMore : Progress::kDone;
}

// None where the answer changed while it was read.
Result<std::optional<NetlinkReply>> Ask(int protocol, const NetlinkRequest& request,
                                        std::string_view asking) {
  const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (socket.get() < 0) return Failed(asking, errno);
  const int on = 1;
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  const std::string& bytes = request.bytes();
  if (TEMP_FAILURE_RETRY(::send(socket.get(), bytes.data(), bytes.size(), 0)) < 0)
    return Failed(asking, errno);
  NetlinkReply reply;
  while (true) {
    const auto datagram = Receive(socket.get());
    if (!datagram) return Failed(asking, errno);
    reply.bytes += *datagram;
    const Progress progress = TRY(Judge(*datagram, asking));
    if (progress == Progress::kChanged) return std::nullopt;
    if (progress == Progress::kDone) return reply;
  }
}

}  // namespace

Result<NetlinkReply> AskKernel(int protocol, const NetlinkRequest& request,
                               std::string_view asking) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    auto reply = TRY(Ask(protocol, request, asking));
    if (reply) return std::move(*reply);
  }
  return Failed(asking, EINTR, "it changed whenever it was read");
}

}  // namespace railhook
