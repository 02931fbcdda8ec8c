#pragma once

#include <string>
#include <vector>

#include "client/batches.h"
#include "client/console.h"
#include "client/session.h"

// `laterbase post`: files or standard input into a database.
namespace laterbase::client {

struct PostOptions {
  std::string database;
  std::vector<std::string> files;  // none is standard input
  BatchOptions batches;
  bool relaxed = false;  // durability
  bool create = false;   // the database, where there is none
};

// Sends batch after batch and sums up. Each event has its key before it is sent, so a batch whose answer got lost is
// sent again without storing anything twice. Errors: Refused and Unreachable with the place in the input and how to go
// on; BadInput.
void post(Session& session, const Console& console, const PostOptions& options, std::istream& standard_input);

}  // namespace laterbase::client
