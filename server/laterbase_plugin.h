#pragma once

#include <stddef.h>
#include <stdint.h>

// The C ABI of plug-ins: folds and views in a shared object that a node loads while it runs, from the directory that
// plugins.directory names. A plug-in exports one function, laterbase_plugin_entry. In C++, server/library/plugin.h
// makes these tables out of typed functions.
//
// Promises asked of it: the functions of a fold are functions of their arguments; they may be called on any thread, for
// one fold on one at a time. Nothing is thrown through them: they return 0, or 2 with words for people; keys() returns
// 1 with words for an event that it can't decode. Lifetime: the tables live as long as the shared object.
#ifdef __cplusplus
extern "C" {
#endif

enum { laterbase_plugin_abi = 1 };

typedef struct laterbase_event {
  uint64_t key_high, key_low;  // its ULID
  int64_t at_ms;               // valid time, of the key
  const char* value;
  size_t size;
  int is_json;  // whether the value is one JSON text
} laterbase_event;

// Takes bytes: call put() with each.
typedef struct laterbase_sink {
  void (*put)(void* context, const char* bytes, size_t size);
  void* context;
} laterbase_sink;

typedef struct laterbase_fold {
  const char* database;
  const char* name;
  // Which states the event belongs to: put() once for each.
  int (*keys)(const laterbase_event* event, laterbase_sink keys, laterbase_sink words);
  void* (*initial)(void);
  void* (*copy)(const void* state);
  void (*destroy)(void* state);
  int (*apply)(void* state, const laterbase_event* event, laterbase_sink words);
  int (*show)(const void* state, laterbase_sink json, laterbase_sink words);
  // All that a state is, there and back; null where the bytes are none of its own.
  int (*save)(const void* state, laterbase_sink bytes, laterbase_sink words);
  void* (*load)(const char* bytes, size_t size);
} laterbase_fold;

typedef struct laterbase_view {
  const char* database;
  const char* name;
  const char* select;
} laterbase_view;

typedef struct laterbase_plugin {
  uint32_t abi;      // laterbase_plugin_abi
  const char* name;  // for people, as is the version
  const char* version;
  const laterbase_fold* folds;
  size_t fold_count;
  const laterbase_view* views;
  size_t view_count;
} laterbase_plugin;

const laterbase_plugin* laterbase_plugin_entry(void);

#ifdef __cplusplus
}
#endif
