#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

// The two ways in which trouble travels: an Error is what a caller may expect and comes back in a Result; a Failure is
// a machine that fails (disk, memory, damaged files) and is thrown. A bug is neither: it trips invariant().
namespace laterbase {

// What kind of trouble it is, so that a door (HTTP, the command line) can say it in its own terms.
enum class ErrorCode {
  invalid,      // the caller's input is wrong
  not_found,    // what was named does not exist
  conflict,     // it contradicts what is already stored
  too_large,    // over a configured limit
  unavailable,  // a queue or cache is full, or something is still starting or closing; try again
  gone,         // a position or epoch that this node's log does not have
};

struct Error {
  ErrorCode code = ErrorCode::invalid;
  std::string detail;  // one sentence for the person who has to act on it
};

template <typename T>
using Result = boost::system::result<T, Error>;

enum class FailureCode {
  disk_full,  // no room on the disk or in the map: reads go on, writes resume once there is room
  read_only,  // the file system or file does not take writes
  damaged,    // bytes on disk are not what was written; never returned as data
  io,         // any other error of the operating system
  closed,     // the store refuses work after a failed commit until it is reopened
};

// A machine that fails. Caught in three places only: the writer, the request handler, the sync loop.
class Failure : public std::runtime_error {
 public:
  Failure(FailureCode failure_code, const std::string& what) : std::runtime_error(what), code_(failure_code) {}
  FailureCode code() const noexcept { return code_; }

 private:
  FailureCode code_;
};

// Required by boost::system::result when value() is called on an error: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

}  // namespace laterbase
