#pragma once
// What its author should know of a workload before any of its pods is made. Pure.

#include <string>
#include <vector>

#include "multus/rail_index.h"
#include "webhook/admission/review.h"
#include "webhook/inject/config.h"

namespace railhook {

// Why pods of the request's object would be denied, what they would be warned of, and annotations
// that stand beside the pod templates: at most 20 lines of at most kMaxWarning bytes, each text
// once. A long text takes several lines; the later ones begin with "... ". Only the first 100
// templates are looked at.
//
// There are none for requests other than to create a workload, or to change its templates or its
// own annotations of either key; for what a controller owns, as the owner's author has been told;
// and for templates whose pods no API server would send, as their namespace lacks the label.
std::vector<std::string> WarningsOfWorkload(const AdmissionRequest& request, const RailIndex& index,
                                            const InjectConfig& config);

}  // namespace railhook
