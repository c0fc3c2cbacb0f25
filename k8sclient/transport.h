#pragma once
// The only door from the client to the network.

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // from "/", with the query
  std::string body;
  std::string content_type = "application/json";  // of the body
  std::string accept = "application/json";        // of the answer
};

struct ApiResponse {
  int status = 0;
  std::string body;
};

// Exchanges messages with one API server, whose address and credentials it knows. Safe to use from
// any thread; calls don't wait for each other.
class Transport {
 public:
  virtual ~Transport() = default;

  // One exchange. Whatever the server answers is a response, a 500 too; kUnavailable where no whole
  // answer came in time, kUnauthorized where there are no credentials to send. A stop request ends
  // the call at once, but not the look-up of a name that goes before connecting.
  virtual Result<ApiResponse> Send(const ApiRequest& request, std::stop_token stop) = 0;

  // Feeds the body of an answer with status 200 to `on_bytes` as it comes, beginning with an empty
  // piece as soon as there is such an answer, which may hold nothing for long, until the server
  // ends it or `on_bytes` returns false (the response has that status and no body), or `stop` is
  // requested (kUnavailable). kUnavailable too where the server has been silent for longer than a
  // live one is. Another status comes back as a whole response.
  virtual Result<ApiResponse> Stream(const ApiRequest& request,
                                     const std::function<bool(std::string_view)>& on_bytes,
                                     std::stop_token stop) = 0;
};

}  // namespace railhook
