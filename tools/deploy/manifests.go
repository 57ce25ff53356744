package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// checkManifests decodes every object strictly into the type that Kubernetes
// has for it, and then looks at what objects say of each other.
func checkManifests(_ context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, policyv1.AddToScheme,
		networkingv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	var errs []error
	documents := yaml.NewYAMLToJSONDecoder(f)
	for i := 1; ; i++ {
		var raw runtime.RawExtension
		if err := documents.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return errors.Join(fmt.Errorf("object %d: %w", i, err), f.Close())
		}
		object, _, err := decoder.Decode(bytes.TrimSpace(raw.Raw), nil, nil)
		if err != nil {
			errs = append(errs, fmt.Errorf("object %d: %w", i, err))
			continue
		}
		objects = append(objects, object)
	}
	if len(objects) == 0 {
		errs = append(errs, errors.New("there is no object"))
	}
	for _, object := range objects {
		errs = append(errs, checkObject(object, objects))
	}
	return errors.Join(append(errs, f.Close())...)
}

// checkObject looks at what one object says of others.
func checkObject(object runtime.Object, all []runtime.Object) error {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return errors.Join(selects("the Deployment", o.Spec.Selector, o.Spec.Template.Labels),
			checkPod(&o.Spec.Template.Spec))
	case *corev1.Service:
		return eachPod(all, func(pod *corev1.PodTemplateSpec) error {
			err := selects("the Service", metav1.SetAsLabelSelector(o.Spec.Selector), pod.Labels)
			for _, p := range o.Spec.Ports {
				if !hasPort(&pod.Spec, p.TargetPort.StrVal) {
					err = errors.Join(err, fmt.Errorf("the Service sends to port %q, which no container has", p.TargetPort.String()))
				}
			}
			return err
		})
	case *policyv1.PodDisruptionBudget:
		return eachPod(all, func(pod *corev1.PodTemplateSpec) error {
			return selects("the PodDisruptionBudget", o.Spec.Selector, pod.Labels)
		})
	}
	return nil
}

// eachPod calls f with the pods of the deployments; that there are some is part
// of it.
func eachPod(all []runtime.Object, f func(*corev1.PodTemplateSpec) error) error {
	err := errors.New("there is no Deployment beside it")
	for _, object := range all {
		if d, ok := object.(*appsv1.Deployment); ok {
			err = f(&d.Spec.Template)
		}
	}
	return err
}

func selects(what string, selector *metav1.LabelSelector, of map[string]string) error {
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err == nil && (s.Empty() || !s.Matches(labels.Set(of))) {
		err = fmt.Errorf("%s does not select the pods", what)
	}
	return err
}

func hasPort(pod *corev1.PodSpec, name string) bool {
	return slices.ContainsFunc(pod.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
	})
}

// checkPod wants probes on ports that are there, and a container that may do
// nothing that it need not.
func checkPod(pod *corev1.PodSpec) error {
	var errs []error
	for _, c := range pod.Containers {
		for name, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe,
			"liveness": c.LivenessProbe} {
			switch {
			case probe == nil || probe.HTTPGet == nil || !hasPort(pod, probe.HTTPGet.Port.StrVal):
				errs = append(errs, fmt.Errorf("%s has no %s probe on one of its ports", c.Name, name))
			case probe.TimeoutSeconds == 0:
				errs = append(errs, fmt.Errorf("%s does not say how long its %s probe may take", c.Name, name))
			}
		}
		s := c.SecurityContext
		if s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || s.AllowPrivilegeEscalation == nil ||
			*s.AllowPrivilegeEscalation ||
			s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL") {
			errs = append(errs, fmt.Errorf("%s may do more than it needs", c.Name))
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Memory().IsZero() {
			errs = append(errs, fmt.Errorf("%s does not say how much memory it takes", c.Name))
		}
	}
	if pod.SecurityContext == nil || pod.SecurityContext.RunAsNonRoot == nil || !*pod.SecurityContext.RunAsNonRoot {
		errs = append(errs, errors.New("the pod may run as root"))
	}
	return errors.Join(errs...)
}
