/* What is computed on stretches of one channel; see _stretch.h and _stretch_set.h. */
#ifndef MYOSCOPE_ARITHMETIC_H
#define MYOSCOPE_ARITHMETIC_H

typedef struct {
    double (*squared_difference)(const float *, const float *, int, double);
    int (*may_be_near)(const float *, int, const float *, int, int, int, int, double, double);
    double (*product_of)(const float *, const float *, int);
    double (*slope_products)(const float *, const float *, int, double *);
    void (*rough_products)(const float *, int, const float *, int, float *);
    void (*lagged_products)(const float *, int, int, int, double *);
    int (*index_of_largest)(const float *, int);
    int (*index_of_most)(const float *, int, float);
    int (*last_beyond)(const float *, int, int, int, double, int, int *);
    void (*extent)(const float *, int, double *, double *);
    int (*count_phases)(const float *, int, double, int *);
    float (*ranked)(const float *, int, int);
    void (*gather)(const float *, int, int, float *);
    void (*average)(const float *, int, int, float *);
    double (*largest_mean)(const float *, int, int);
    void (*average_in)(
        float *, unsigned char *, int, const float *, int, double, double, int
    );
    void (*approach)(float *, const float *, int, double);
    void (*add_up)(const float *, int, double *);
    void (*means_of_sums)(const double *, int, int, float *);
    void (*high_pass)(const float *, int, double, float *);
    void (*subtract)(const float *, int, int, float *, int, int, int);
    void (*score_bells)(
        const double *, const double *, const double *, int, double, double, double *
    );
    void (*exponentials)(double *, int);
    int (*count_locked)(const double *, int, double, double, double, double);
    void (*sort_floats)(float *, int);
} Arithmetic;

#endif
