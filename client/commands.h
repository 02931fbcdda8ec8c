#pragma once

#include <CLI/App.hpp>
#include <functional>

// The client's part of the command line: post, get, feed, range, info, sync, backup, health.
namespace laterbase::client {

// What a command ends with.
enum ExitCode : int {
  success = 0,
  refused = 1,      // the node said no
  usage = 2,        // wrong arguments, input or files
  unreachable = 3,  // no node there, or lost
};

// Adds them to `app`. A command that was asked for runs when the app parses its arguments, and sets `exit_code`.
// Lifetime: exit_code outlives the app.
void add_commands(CLI::App& app, int& exit_code);

// Runs it, and tells trouble on stderr in words.
int guarded(const std::function<int()>& run);

}  // namespace laterbase::client
