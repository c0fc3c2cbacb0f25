#pragma once
// The labels that policies choose a node by, where no API server is asked for them.

#include <string_view>

#include "base/result.h"
#include "k8sclient/object.h"

namespace railhook {

// Those that every kubelet gives its node: kubernetes.io/os, arch and hostname.
StringMap KubeletLabels();

// "k=v,k2=v2". kInvalid names an item that isn't so.
Result<StringMap> ParseLabels(std::string_view text);

}  // namespace railhook
