#pragma once

#include "engine/table/row_table.h"
#include "engine/table/space_file.h"

// A table and its space file.
//
//   Prices prices;
//   auto file = open_space(real_disk(), "prices.space", prices.rows());  // Result: why the file doesn't fit
//   prices.adopt();                                                      // typed tables only: see there
//   …
//   save(prices.rows(), **file);
namespace laterbase::worktable {

space::Schema space_schema(const Schema& schema);

// Opens or makes the file for this table and puts its rows into it. The table must have none.
// Errors: invalid, in words, where the file holds another table or smaller pages; conflict where two of its rows have
// one key, or where another owner has the file. Failure{damaged} where its bytes are not what was written.
Result<std::unique_ptr<SpaceFile>> open_space(Disk& disk, const std::string& path, RowTable& table,
                                              SpaceOptions options = {});

// Commits the table as it is at one moment; readers and writers of the table go on.
CommitReport save(const RowTable& table, SpaceFile& file);

}  // namespace laterbase::worktable
