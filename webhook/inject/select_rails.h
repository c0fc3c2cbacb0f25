#pragma once
// Which rails a request gets.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "multus/rail_index.h"
#include "webhook/inject/config.h"
#include "webhook/inject/pod.h"
#include "webhook/inject/rail_request.h"

namespace railhook {

inline constexpr std::string_view kExpectRailsAnnotation = "railhook.io/expect-rails";

// The rails of all classes of the request, each once, in the order in which the pod gets them.
// The errors are messages for the pod's author: kNotFound for a class that nobody carries, kInvalid
// for a rail that can't serve, or another number of rails than expected. The pointers live as long
// as the index.
Result<std::vector<const Rail*>> SelectRails(const RailRequest& request, const Pod& pod,
                                             std::string_view pod_namespace, const RailIndex& index,
                                             const InjectConfig& config);

}  // namespace railhook
