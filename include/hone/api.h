// Visibility and language glue of the public headers.
#ifndef HONE_API_H
#define HONE_API_H

#if defined(__GNUC__) || defined(__clang__)
#define HONE_API                        __attribute__((visibility("default")))
#define HONE_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define HONE_API
#define HONE_PRINTF(format_at, args_at)
#endif

#ifdef __cplusplus
#define HONE_BEGIN_DECLS extern "C" {
#define HONE_END_DECLS   }
#else
#define HONE_BEGIN_DECLS
#define HONE_END_DECLS
#endif

#endif
