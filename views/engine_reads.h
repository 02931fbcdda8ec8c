#pragma once

#include <string>

#include "views/engine.h"
#include "views/outcome.h"
#include "views/reading.h"

namespace laterbase::views {

// A page of a table or view, as of the engine's position. `epoch` is the log's.
// Cost: the rows looked at: an index's range where one serves the request, else all.
// Errors: not_found, building, broken, parameter.
Outcome<Page> read_page(const Engine& engine, const Ulid& epoch, const std::string& relation,
                        const ReadRequest& request);

}  // namespace laterbase::views
