#pragma once
// What a pod asks for: a key and classes, from its own annotation or its namespace's.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "k8sclient/object.h"
#include "multus/rail.h"

namespace railhook {

enum class Asker { kPod, kNamespace };

struct RailRequest {
  InjectKey key = InjectKey::kRdma;
  std::string value;                 // as it stands in the annotation
  std::vector<std::string> classes;  // empty: opts out
  Asker asker = Asker::kPod;
  bool has_both_keys = false;  // on the same object; the rdma key won

  // `annotation KEY="VALUE"`, for messages.
  std::string Annotation() const;
};

// What is asked for, or nullopt where neither the pod nor its namespace says anything. The pod's
// own annotation of either key wins over its namespace's; on one object the rdma key wins.
std::optional<RailRequest> FindRailRequest(const StringMap& pod, const StringMap& name_space);

}  // namespace railhook
