#pragma once

#include <memory>

#include "server/api/services.h"

namespace laterbase::api {

// A copy of a root as a body: a thread of its own reads, at most a few parts ahead of what the client has taken.
// Nothing where this node has enough backups under way.
std::unique_ptr<http::WaitingSource> make_backup_source(Services& services, std::shared_ptr<Root> root);

}  // namespace laterbase::api
