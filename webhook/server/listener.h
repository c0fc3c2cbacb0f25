#pragma once
// The listening socket, and the loop that hands its clients to the event loops.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "webhook/server/connection_table.h"
#include "webhook/server/event_loop.h"

namespace railhook {

// A socket that listens on an IPv4 or IPv6 address. "::" means IPv4 as well.
Result<FileDescriptor> Listen(const std::string& address, std::uint16_t port);

std::uint16_t PortOf(const FileDescriptor& listening);

// Accepts on the first loop for as long as that loop runs, whatever errors come, and spreads the
// clients over all loops. Whom `connections` makes leave is cut. It and the loops outlive the first
// one's coroutines and the result, which ends it from any thread: who has connected by then is
// still served.
std::function<void()> AcceptOn(FileDescriptor listening, ConnectionTable& connections,
                               std::vector<EventLoop*> loops);

}  // namespace railhook
