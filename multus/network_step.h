#pragma once
// What is to be done about one NetworkAttachmentDefinition, which a SpiderMultusConfig stands for.
// Pure.
//
// A network belongs to the SpiderMultusConfig that controls it (ownerReferences), and also to one
// of that name with another uid, as it has been made again. One that nobody controls is taken over
// where it has the very configuration that is wanted. Any other is somebody else's, and stays.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace railhook {

enum class NetworkMove {
  kNothing,
  kCreate,
  kUpdate,
  kTakeOver,
  kDelete,  // its SpiderMultusConfig wants another name now
  kRefuse,  // it is somebody else's
};

struct NetworkStep {
  NetworkMove move = NetworkMove::kNothing;
  // kUpdate, kTakeOver: what differs, such as "config,owner"; kRefuse: a sentence for whoever wrote
  // the SpiderMultusConfig.
  std::string why;
};

// The SpiderMultusConfig `smc` (null: none wants the name), what is to be there for it (an Error
// where it makes no network, which leaves what is there as it is), what is there (null: nothing),
// and whether the SpiderMultusConfig that controls the latter wants another name now.
NetworkStep NextNetworkStep(const nlohmann::json* smc, const Result<nlohmann::json>& desired,
                            const nlohmann::json* existing, bool released);

// What `existing` lacks of `desired`, as a merge patch (RFC 7386); empty where it lacks nothing.
// Annotations and owners that others have added stay, but for annotations that steer networks
// (IsSteering): there are no others of these than the desired ones.
nlohmann::json DifferenceOf(const nlohmann::json& desired, const nlohmann::json& existing);

// Whether an annotation means something to railhook, Spiderpool or the choice of a device.
bool IsSteering(std::string_view annotation);

// The name of the network that a SpiderMultusConfig stands for.
std::string NetworkNameOf(const nlohmann::json& spider_multus_config);

// The owner that is marked as controller, or null.
const nlohmann::json* ControllerOf(const nlohmann::json& object);

// Whether an owner is a SpiderMultusConfig.
bool IsSpiderMultusConfig(const nlohmann::json& owner);

// Of several SpiderMultusConfigs (at least one) that want one network, the one that gets it:
// whoever controls it, else the oldest, else the first by name.
std::size_t HolderOf(const std::vector<nlohmann::json>& spider_multus_configs,
                     const nlohmann::json* existing);

}  // namespace railhook
