-- One database for each that keeps something: the project's own is made by the image.
CREATE DATABASE mlflow;
CREATE DATABASE prefect;
