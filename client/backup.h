#pragma once

#include <string>

#include "client/console.h"
#include "client/session.h"

// `laterbase backup`: a consistent copy of a database into a file, while writes go on.
namespace laterbase::client {

// Writes FILE.part, makes it durable, and only then calls it FILE: a FILE that is there is whole. "-" is standard
// output. Errors: Refused, Unreachable; std::system_error where the file can't be written or is there already (without
// `force`).
void backup(Session& session, const Console& console, const std::string& database, const std::string& file, bool force);

}  // namespace laterbase::client
