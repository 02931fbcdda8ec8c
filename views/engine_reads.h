#pragma once

#include <optional>
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

// The same of a relation that code makes, as if only events of keys up to `until` existed. Nothing where it can't tell.
std::optional<Outcome<Page>> read_source_page(const Engine& engine, const Ulid& epoch, const std::string& relation,
                                              const ReadRequest& request, const Ulid& until);

// One row as JSON; of a fold, the state.
struct One {
  std::optional<std::string> json;  // nothing where there is none
  Ulid epoch;
  Lc lc = 0;
};
One one_of_source(const RelationSource& source, const std::string& key);

// What leads to one row of a relation that code does not make: of a table with a key of one column, or of a view its
// first.
Outcome<ReadRequest> request_for_one(const Engine& engine, const std::string& relation, const std::string& key);
Outcome<One> one_of_page(const Page& page, const std::string& relation, const ReadRequest& request);

}  // namespace laterbase::views
