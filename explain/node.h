#pragma once
// What counts of a Node when a pod looks for one.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "k8sclient/object.h"

namespace railhook {

// Resource -> amount as ParseAmount (k8sclient/quantity.h) counts it.
using ResourceAmounts = std::map<std::string, std::int64_t, std::less<>>;

// The amount of a resource; 0 where it isn't there.
std::int64_t AmountOf(const ResourceAmounts& amounts, std::string_view resource);

// Adds each amount of `more`.
void Add(ResourceAmounts& amounts, const ResourceAmounts& more);

struct Taint {
  std::string key;
  std::string value;
  std::string effect;

  // "key=value:Effect", as kubectl writes it.
  std::string Text() const;
};

struct Node {
  std::string name;
  StringMap labels;
  bool unschedulable = false;  // cordoned
  std::vector<Taint> taints;
  ResourceAmounts allocatable;
  ResourceAmounts requested;  // by the pods on it

  // What is left; 0 where more is requested than there is.
  std::int64_t Free(std::string_view resource) const;
};

// A Node as an API server gives it; nothing is requested of it yet. What can't be read counts as
// not there.
Node ReadNode(const nlohmann::json& object);

}  // namespace railhook
