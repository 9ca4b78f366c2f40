#pragma once

#include <string_view>

namespace skerry::node {

// Tells systemd of a change of state ("READY=1", "STOPPING=1"; sd_notify(3)): one datagram to the
// socket that NOTIFY_SOCKET names. Does nothing where there is none.
void NotifyServiceManager(std::string_view state);

}  // namespace skerry::node
