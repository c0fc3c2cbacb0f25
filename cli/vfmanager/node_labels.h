#pragma once
// The labels that policies choose a node by, where no API server is asked for them.

#include <string>
#include <string_view>

#include "base/result.h"
#include "k8sclient/object.h"

namespace CLI {
class App;
}

namespace railhook {

// Adds --node-labels, which sets `labels`.
void AddNodeLabels(CLI::App& command, std::string& labels);

// Those that every kubelet gives its node: kubernetes.io/os, arch and hostname.
StringMap KubeletLabels();

// "k=v,k2=v2". kInvalid names an item that isn't so.
Result<StringMap> ParseLabels(std::string_view text);

// The labels of --node-labels, and KubeletLabels where these don't say otherwise.
Result<StringMap> NodeLabels(std::string_view text);

}  // namespace railhook
