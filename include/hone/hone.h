// Everything of Hone's stable interface.
#ifndef HONE_HONE_H
#define HONE_HONE_H

#include <hone/blas.h>
#include <hone/cost.h>
#include <hone/doctor.h>
#include <hone/error.h>
#include <hone/exchange.h>
#include <hone/health.h>
#include <hone/importance.h>
#include <hone/narrow.h>
#include <hone/plugins.h>
#include <hone/run.h>
#include <hone/simulate.h>
#include <hone/space.h>
#include <hone/study.h>
#include <hone/study_file.h>
#include <hone/trial.h>
#include <hone/version.h>

#endif
