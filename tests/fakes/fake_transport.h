#pragma once
// A Transport that answers from a table.

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "k8sclient/transport.h"

namespace railhook {

// Answers GETs by path, without and with the query: what stands in the table with the query comes
// first. 404 for the rest.
class FakeTransport : public Transport {
 public:
  void Put(std::string path, std::string body, int status = 200) {
    answers_[std::move(path)] = {status, std::move(body)};
  }

  // The requests so far, in order.
  std::vector<ApiRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  Result<ApiResponse> Send(const ApiRequest& request, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    for (const std::string& path : {request.path, request.path.substr(0, request.path.find('?'))}) {
      const auto found = answers_.find(path);
      if (found != answers_.end()) return found->second;
    }
    return ApiResponse{404, R"({"message":"the server could not find the requested resource"})"};
  }

  Result<ApiResponse> Stream(const ApiRequest& request,
                             const std::function<bool(std::string_view)>&,
                             std::stop_token stop) override {
    return Send(request, std::move(stop));
  }

 private:
  std::map<std::string, ApiResponse> answers_;
  mutable std::mutex mutex_;
  std::vector<ApiRequest> requests_;
};

}  // namespace railhook
