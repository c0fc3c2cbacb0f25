#pragma once
// Namespaces that name a class in vain.

#include <string>
#include <string_view>
#include <vector>

#include "multus/rail_index.h"
#include "webhook/inject/config.h"

namespace railhook {

// What is wrong with them, behind "Namespace x: ".
inline constexpr std::string_view kWithoutLabel =
    "names a class, but lacks the label railhook.io/inherit=\"true\": its pods don't inherit it";

// Those with the annotation of either key but without the label by which the API server calls for
// their pods. None where the configuration doesn't go by the label.
std::vector<std::string> NamespacesWithoutLabel(const RailIndex& index, const InjectConfig& config);

}  // namespace railhook
