#pragma once
// HTTP/1.1 over TLS to one API server.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "k8sclient/cluster_config.h"
#include "k8sclient/transport.h"

namespace railhook {

struct HttpTransportOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  // Between two reads of an answer, and until a stream begins.
  std::chrono::milliseconds answer_timeout{30'000};
  std::chrono::milliseconds stream_silence{
      600'000};  // longer than any watch lasts: where nothing changes it may get no bookmark
  std::chrono::milliseconds plugin_timeout{60'000};     // for an exec plugin to print credentials
  std::size_t longest_answer = std::size_t{256} << 20;  // bytes of Send's answers
  std::string user_agent = "railhook";
};

// Keeps connections open between calls. A token or CA file is read again when it has changed, an
// exec plugin runs again when its credentials have expired or were refused (401), and the call is
// made once more then. A dead peer is noticed by TCP keep-alives within half a minute, also in the
// middle of a stream. kInvalid where the configuration can't be used: a broken certificate, a proxy
// of an unknown kind.
Result<std::unique_ptr<Transport>> MakeHttpTransport(ClusterConfig config,
                                                     HttpTransportOptions options = {});

}  // namespace railhook
