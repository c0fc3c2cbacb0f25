#pragma once
// A request as an API server understands it, and its answers.

#include <map>
#include <string>
#include <string_view>

#include "base/json.h"
#include "k8sclient/transport.h"

namespace railhook {

struct FakeRequest {
  std::string method;
  std::string resource;    // the path of all its objects: "/apis/apps/v1/deployments"
  std::string name_space;  // "" where the path names none
  std::string name;        // "" for a list
  std::map<std::string, std::string> query;
  std::string content_type;
  bool metadata_only = false;
  Json body;

  std::string Query(const std::string& key) const;
  // "namespace/name".
  std::string Key() const { return name_space + '/' + name; }
  // Whether an object is among those that a list or a watch is of.
  bool Selects(const Json& object) const;
  // The object as it was asked for.
  Json Shown(const Json& object) const;
};

FakeRequest ReadFakeRequest(const ApiRequest& request);

// An answer with an object, and one with a Status of kind Failure.
ApiResponse ObjectAnswer(int status, const Json& object);
ApiResponse FailureAnswer(int status, std::string_view reason, std::string_view message);

// The Status itself.
Json FailureStatus(int status, std::string_view reason, std::string_view message);

}  // namespace railhook
