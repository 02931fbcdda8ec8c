#pragma once

#include <functional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/events/check.h"

// A backup is the environment's file as Root::backup() streams it: nothing but LMDB's own format, so that it can be
// looked at with LMDB's own tools.
namespace laterbase {

// Puts a backup in place as a database of the data directory that no daemon has open. Reads all of it and holds it
// against its checksums before anything is put there. The restored replica begins a new epoch when it is opened:
// positions of the old one mean nothing in it.
// Errors: conflict where the database exists, invalid for a bad name or a file that is no whole backup. Throws Failure
// where the disk or directory is not to be had.
Result<CheckReport> restore_root(const std::string& directory, const std::string& name, const std::string& backup_file);

// Reads every page and event of a database whose directory nobody has open. Throws Failure{damaged} in words.
CheckReport verify_root(const std::string& root_directory);

}  // namespace laterbase
