#pragma once

#include <string>

#include "client/console.h"
#include "client/session.h"

namespace laterbase::client {

struct SyncOptions {
  std::string peer;        // its URL as the node reaches it, or the name that the node has for it
  std::string peer_token;  // for the node to show it
  std::string peer_ca;     // a file on the node's machine
  std::string database;    // empty is all that the node has
  std::string direction;   // both, pull or push; empty is both
  std::string from, to;    // RFC 3339, ULID or -30d; empty is open
  bool create = false;     // the database, where the node lacks it
  bool json = false;       // the outcome as a line of JSON a database
};

// Has the node of the session make its databases equal with a peer's, and says in words what that took. False where
// some of several databases failed; says which. Errors: Refused, Unreachable.
bool sync(Session& session, const Console& console, const SyncOptions& options);

}  // namespace laterbase::client
