#pragma once

#include <vector>

#include "engine/events/tables.h"
#include "engine/storage/storage.h"
#include "engine/triples/stored_rows.h"
#include "engine/triples/table.h"

// Lists of rejects in the environment, that only grow.
namespace laterbase::triples {

// Those from the place `from` on.
void save_rejects(const std::vector<Reject>& rejects, std::size_t from, std::uint64_t id, StoredRows& to);
// Errors: false, where there are not so many, or they are damaged.
bool load_rejects(ReadTxn& txn, std::uint64_t id, std::uint64_t count, std::vector<Reject>& to);

}  // namespace laterbase::triples
